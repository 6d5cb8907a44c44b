// Copyright: (c) 2026, linuxvirtualserver.lvs contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Makes and removes Microsoft's KM-TEST loopback adapter, whose driver every Windows brings along. No cmdlet can, so
// this asks SetupAPI. Private: this file may change in any release. C# 5, which is what Windows PowerShell compiles.

using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice
{
    [StructLayout(LayoutKind.Sequential)]
    public struct DeviceInfo
    {
        public uint Size;
        public Guid Class;
        public uint Instance;
        public IntPtr Reserved;
    }

    internal static class NativeMethods
    {
        [DllImport("setupapi.dll", SetLastError = true)]
        public static extern IntPtr SetupDiCreateDeviceInfoList(ref Guid classGuid, IntPtr window);

        [DllImport("setupapi.dll", SetLastError = true)]
        public static extern bool SetupDiDestroyDeviceInfoList(IntPtr list);

        [DllImport("setupapi.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        public static extern bool SetupDiCreateDeviceInfoW(
            IntPtr list, string name, ref Guid classGuid, string description, IntPtr window, uint flags,
            ref DeviceInfo device);

        [DllImport("setupapi.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        public static extern bool SetupDiOpenDeviceInfoW(
            IntPtr list, string instanceId, IntPtr window, uint flags, ref DeviceInfo device);

        [DllImport("setupapi.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        public static extern bool SetupDiGetDeviceInstanceIdW(
            IntPtr list, ref DeviceInfo device, StringBuilder instanceId, uint size, out uint required);

        [DllImport("setupapi.dll", SetLastError = true)]
        public static extern bool SetupDiSetDeviceRegistryPropertyW(
            IntPtr list, ref DeviceInfo device, uint property, byte[] value, uint size);

        [DllImport("setupapi.dll", SetLastError = true)]
        public static extern bool SetupDiCallClassInstaller(uint function, IntPtr list, ref DeviceInfo device);

        [DllImport("newdev.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        public static extern bool UpdateDriverForPlugAndPlayDevicesW(
            IntPtr window, string hardwareId, string infPath, uint flags, out bool reboot);
    }

    public static class LoopbackDevice
    {
        private const string HardwareId = "*msloop";
        private const uint GenerateId = 0x1;        // DICD_GENERATE_ID
        private const uint HardwareIdProperty = 0x1; // SPDRP_HARDWAREID
        private const uint RemoveDevice = 0x5;      // DIF_REMOVE
        private const uint Register = 0x19;         // DIF_REGISTERDEVICE
        private const uint Force = 0x1;             // INSTALLFLAG_FORCE
        private const uint NonInteractive = 0x4;    // INSTALLFLAG_NONINTERACTIVE
        private const int LongestId = 200;          // MAX_DEVICE_ID_LEN

        private static Guid NetClass = new Guid("4d36e972-e325-11ce-bfc1-08002be10318");

        /// <summary>Make an adapter and return its instance id, such as ROOT\NET\0000.</summary>
        public static string Create()
        {
            if (Environment.Is64BitOperatingSystem && !Environment.Is64BitProcess)
            {
                throw new InvalidOperationException("Windows installs no driver for a 32-bit process.");
            }
            IntPtr list = OpenList();
            try
            {
                DeviceInfo device = NewInfo();
                Require(NativeMethods.SetupDiCreateDeviceInfoW(
                    list, "NET", ref NetClass, null, IntPtr.Zero, GenerateId, ref device), "SetupDiCreateDeviceInfo");
                // A list of strings ends with an empty one.
                byte[] ids = Encoding.Unicode.GetBytes(HardwareId + "\0\0");
                Require(NativeMethods.SetupDiSetDeviceRegistryPropertyW(
                    list, ref device, HardwareIdProperty, ids, (uint)ids.Length), "SetupDiSetDeviceRegistryProperty");
                Require(NativeMethods.SetupDiCallClassInstaller(Register, list, ref device), "DIF_REGISTERDEVICE");
                try
                {
                    InstallDriver();
                    return InstanceId(list, ref device);
                }
                catch
                {
                    // A device without a driver must not stay. What went wrong first is what counts.
                    NativeMethods.SetupDiCallClassInstaller(RemoveDevice, list, ref device);
                    throw;
                }
            }
            finally
            {
                NativeMethods.SetupDiDestroyDeviceInfoList(list);
            }
        }

        /// <summary>Remove a device, whether it is there or only remembered.</summary>
        public static void Remove(string instanceId)
        {
            IntPtr list = OpenList();
            try
            {
                DeviceInfo device = NewInfo();
                Require(NativeMethods.SetupDiOpenDeviceInfoW(
                    list, instanceId, IntPtr.Zero, 0, ref device), "SetupDiOpenDeviceInfo");
                Require(NativeMethods.SetupDiCallClassInstaller(RemoveDevice, list, ref device), "DIF_REMOVE");
            }
            finally
            {
                NativeMethods.SetupDiDestroyDeviceInfoList(list);
            }
        }

        private static IntPtr OpenList()
        {
            IntPtr list = NativeMethods.SetupDiCreateDeviceInfoList(ref NetClass, IntPtr.Zero);
            Require(list != new IntPtr(-1), "SetupDiCreateDeviceInfoList");
            return list;
        }

        private static DeviceInfo NewInfo()
        {
            DeviceInfo device = new DeviceInfo();
            device.Size = (uint)Marshal.SizeOf(typeof(DeviceInfo));
            return device;
        }

        private static void InstallDriver()
        {
            string windows = Environment.GetFolderPath(Environment.SpecialFolder.Windows);
            string inf = Path.Combine(Path.Combine(windows, "Inf"), "netloop.inf");
            bool reboot;
            Require(NativeMethods.UpdateDriverForPlugAndPlayDevicesW(
                IntPtr.Zero, HardwareId, inf, Force | NonInteractive, out reboot), "UpdateDriverForPlugAndPlayDevices");
            if (reboot)
            {
                throw new InvalidOperationException("Windows wants to be restarted before it installs an adapter.");
            }
        }

        private static string InstanceId(IntPtr list, ref DeviceInfo device)
        {
            StringBuilder id = new StringBuilder(LongestId);
            uint required;
            Require(NativeMethods.SetupDiGetDeviceInstanceIdW(
                list, ref device, id, (uint)id.Capacity, out required), "SetupDiGetDeviceInstanceId");
            return id.ToString();
        }

        private static void Require(bool done, string what)
        {
            if (!done)
            {
                int error = Marshal.GetLastWin32Error();
                throw new Win32Exception(error, what + ": " + new Win32Exception(error).Message);
            }
        }
    }
}
